/** Python environments as they lie on the disk (PEP 405), read without Python. */
@NullMarked
package wirebook.engine.python;

import org.jspecify.annotations.NullMarked;
