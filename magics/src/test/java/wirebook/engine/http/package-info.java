@NullMarked
package wirebook.engine.http;

import org.jspecify.annotations.NullMarked;
