@NullMarked
package wirebook.engine.http.load;

import org.jspecify.annotations.NullMarked;
