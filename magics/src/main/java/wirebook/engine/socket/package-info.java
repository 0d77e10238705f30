/**
 * The socket calls of the operating system one by one, and the socket table, routes and addresses
 * that it keeps. Bytes and text are made and read by pure code; {@link
 * wirebook.engine.socket.calls.SystemCalls} alone enters the system.
 */
@NullMarked
package wirebook.engine.socket;

import org.jspecify.annotations.NullMarked;
