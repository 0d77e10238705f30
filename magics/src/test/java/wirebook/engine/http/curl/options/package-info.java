@NullMarked
package wirebook.engine.http.curl.options;

import org.jspecify.annotations.NullMarked;
