/** Load on an HTTP server, and what it answers under it. */
@org.jspecify.annotations.NullMarked
package wirebook.engine.http.load;
