@NullMarked
package wirebook.engine.http.okhttp;

import org.jspecify.annotations.NullMarked;
