/**
 * System calls of sockets as one writes and traces them: read from a text, done by the system, by
 * channels or by the lab.
 */
@NullMarked
package wirebook.engine.socket.calls;

import org.jspecify.annotations.NullMarked;
