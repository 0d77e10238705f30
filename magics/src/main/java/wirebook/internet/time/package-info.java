/** Time in the lab: a clock that can be moved, and jumps when nothing can happen before. */
@NullMarked
package wirebook.internet.time;

import org.jspecify.annotations.NullMarked;
