/** Several instances of one application behind one address, and what keeps them up. */
@org.jspecify.annotations.NullMarked
package wirebook.engine.http.backend;
