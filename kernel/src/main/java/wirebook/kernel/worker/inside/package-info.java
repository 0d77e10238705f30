/** What runs in the worker process: cells, how they are stopped, and what they call. */
@NullMarked
package wirebook.kernel.worker.inside;

import org.jspecify.annotations.NullMarked;
