/** The magics of the kernel itself: libraries, files, sessions. */
@NullMarked
package wirebook.kernel.java.magics;

import org.jspecify.annotations.NullMarked;
