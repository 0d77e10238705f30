@NullMarked
package wirebook.engine.http.client;

import org.jspecify.annotations.NullMarked;
