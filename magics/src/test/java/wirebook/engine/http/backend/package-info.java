@NullMarked
package wirebook.engine.http.backend;

import org.jspecify.annotations.NullMarked;
