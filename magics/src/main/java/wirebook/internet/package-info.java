/**
 * The lab Internet: real servers on loopback sockets behind the addresses that the real ones have,
 * a topology whose delays cost no wall time, and a clock that can be moved.
 *
 * <p>Its rooms, each of which uses only those before it: {@code topology} (hosts, their tables and
 * the ways between them), {@code time}, {@code zones}, {@code wire} (packets and sockets), {@code
 * host} (who logs in), {@code sites} (what answers). Here they are put together; {@code plain}
 * leads the sockets of Java itself here.
 */
@NullMarked
package wirebook.internet;

import org.jspecify.annotations.NullMarked;
