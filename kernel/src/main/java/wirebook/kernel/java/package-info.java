/**
 * The half of the interpreter that lives in the kernel process: JShell, completion, documentation,
 * diagnostics.
 */
@NullMarked
package wirebook.kernel.java;

import org.jspecify.annotations.NullMarked;
