/** A cell's text as parts: Java, line magics, cell magics. Pure and lossless. */
@NullMarked
package wirebook.kernel.cell;

import org.jspecify.annotations.NullMarked;
