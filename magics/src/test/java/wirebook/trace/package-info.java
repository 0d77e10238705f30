@NullMarked
package wirebook.trace;

import org.jspecify.annotations.NullMarked;
