/** The magics themselves: each reads its words, calls an engine, and returns the value. */
@NullMarked
package wirebook.magics;

import org.jspecify.annotations.NullMarked;
