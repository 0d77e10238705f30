/**
 * Programs of the machine that the kernel runs: what surrounds them, how they are started and
 * stopped, and that they end with the kernel.
 */
@NullMarked
package wirebook.engine.process;

import org.jspecify.annotations.NullMarked;
