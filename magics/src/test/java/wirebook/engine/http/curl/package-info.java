@NullMarked
package wirebook.engine.http.curl;

import org.jspecify.annotations.NullMarked;
