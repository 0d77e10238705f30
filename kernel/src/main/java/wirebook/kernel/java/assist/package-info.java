/** What a person is told while writing: completion, documentation, help. */
@NullMarked
package wirebook.kernel.java.assist;

import org.jspecify.annotations.NullMarked;
