/** Servers that stay when the cell has ended, what keeps them up, and load on them. */
@NullMarked
package wirebook.magics.serve;

import org.jspecify.annotations.NullMarked;
