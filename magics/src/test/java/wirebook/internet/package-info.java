@NullMarked
package wirebook.internet;

import org.jspecify.annotations.NullMarked;
