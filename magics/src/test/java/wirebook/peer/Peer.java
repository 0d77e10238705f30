package wirebook.peer;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A program of somebody else's that judges ours. Where it is missing, or is another version than
 * the one that ours is compared with, the test is skipped with that reason; with {@code CI=true} it
 * fails.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Peers.class)
@ExtendWith(PeerIsThere.class)
public @interface Peer {
  /** Its name, or several of which one does. */
  String[] value();

  /** The package of Debian that it is in, where that has another name. */
  String of() default "";

  /** What is in that which it says of itself. */
  String version() default "";

  /** The words that make it say so. */
  String[] asked() default "--version";
}
