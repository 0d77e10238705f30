@NullMarked
package wirebook.engine.http.file;

import org.jspecify.annotations.NullMarked;
