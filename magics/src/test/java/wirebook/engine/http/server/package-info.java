@NullMarked
package wirebook.engine.http.server;

import org.jspecify.annotations.NullMarked;
