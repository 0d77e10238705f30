/**
 * The magics as guests of another kernel. In JJava they are there once the jar is on the class path
 * ({@code %classpath wirebook.jar}), as {@link wirebook.guest.JJavaExtension}; in IJava one line
 * brings them, see {@link wirebook.guest.IJavaMagics}.
 */
@NullMarked
package wirebook.guest;

import org.jspecify.annotations.NullMarked;
