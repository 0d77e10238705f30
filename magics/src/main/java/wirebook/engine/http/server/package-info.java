/**
 * An HTTP server for lessons: {@link wirebook.engine.http.server.HttpServer} is what a cell holds,
 * an {@link wirebook.engine.http.server.Endpoint} answers, and {@link
 * wirebook.engine.http.server.Exchange} is what the wire saw. Jetty does the protocol work and is
 * not loaded before the first server starts; only {@link wirebook.engine.http.server.JettyListener}
 * and its neighbours know it.
 */
@NullMarked
package wirebook.engine.http.server;

import org.jspecify.annotations.NullMarked;
