/**
 * How packets and connections go between the hosts of the lab: real sockets on loopback that show
 * the lab's addresses and take its time.
 */
@NullMarked
package wirebook.internet.wire;

import org.jspecify.annotations.NullMarked;
