/**
 * The magics themselves, a room for each subject: each reads its words, calls an engine, and
 * returns the value.
 */
@NullMarked
package wirebook.magics;

import org.jspecify.annotations.NullMarked;
