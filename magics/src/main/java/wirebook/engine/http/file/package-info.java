/**
 * The {@code .http} format that editors share: requests between lines of {@code ###}, variables,
 * references to earlier responses, bodies from files. Pure: text to {@link
 * wirebook.engine.http.file.HttpFile}, and names to values by {@link
 * wirebook.engine.http.file.VariableResolver}; who sends the requests is another's business.
 */
@NullMarked
package wirebook.engine.http.file;

import org.jspecify.annotations.NullMarked;
