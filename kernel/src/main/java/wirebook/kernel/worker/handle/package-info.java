/** The kernel's side of the worker: starts it, talks to it, and tells what it died of. */
@NullMarked
package wirebook.kernel.worker.handle;

import org.jspecify.annotations.NullMarked;
