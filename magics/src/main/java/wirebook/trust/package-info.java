/** The lab's certificate authority, and how this process comes to trust it. */
@NullMarked
package wirebook.trust;

import org.jspecify.annotations.NullMarked;
