/** Jars from Maven repositories, for cells. */
@NullMarked
package wirebook.kernel.maven;

import org.jspecify.annotations.NullMarked;
