/** The messages between the kernel and its worker, and the channel that they take. */
@NullMarked
package wirebook.kernel.worker.wire;

import org.jspecify.annotations.NullMarked;
