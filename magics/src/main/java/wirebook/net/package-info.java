/**
 * The one door to the world: sockets, name look-ups and time come from a {@link
 * wirebook.net.Network}, so that the lab Internet can stand in for the real one.
 */
@NullMarked
package wirebook.net;

import org.jspecify.annotations.NullMarked;
