@NullMarked
package wirebook.engine.http.tls;

import org.jspecify.annotations.NullMarked;
