/**
 * What is said of what went wrong: the compiler's words at their place with what may help, and
 * failures of cells.
 */
@NullMarked
package wirebook.kernel.java.complaints;

import org.jspecify.annotations.NullMarked;
