/** The worker process: it loads and runs what students wrote, and the magics. */
@NullMarked
package wirebook.kernel.worker;

import org.jspecify.annotations.NullMarked;
