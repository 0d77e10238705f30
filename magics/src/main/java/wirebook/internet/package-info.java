/**
 * The lab Internet: real servers on loopback sockets behind the addresses that the real ones have,
 * a topology whose delays cost no wall time, and a clock that can be moved.
 */
@NullMarked
package wirebook.internet;

import org.jspecify.annotations.NullMarked;
