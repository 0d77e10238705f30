/**
 * The worker is a process of its own, which loads and runs what students wrote, and the magics. The
 * kernel's side is {@code handle}, the worker's is {@code inside}, and what goes from one to the
 * other is {@code wire}; here is what both use.
 */
@NullMarked
package wirebook.kernel.worker;

import org.jspecify.annotations.NullMarked;
