/** The Jupyter messages as records, their JSON and their signatures. No sockets. */
@NullMarked
package wirebook.kernel.protocol;

import org.jspecify.annotations.NullMarked;
