/** A conversation over a socket, as nc holds it. */
@NullMarked
package wirebook.engine.socket.nc;

import org.jspecify.annotations.NullMarked;
