package wirebook.kernel.java.assist;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.lang.model.SourceVersion;
import wirebook.kernel.java.shell.Snippets;

/**
 * What is in scope at the end of Java text that breaks off, as far as its form says that. The
 * compiler could tell it more exactly, in a time that one would notice: it looks at the whole text
 * for each name. So it gets the text without the statements, variables and initial values that
 * nothing after them depends on, all else being where it was.
 *
 * @param names what is declared and not yet out of scope, the nearest first
 * @param inheriting whether it ends in a type that has members of another one
 */
record Scope(String text, List<Name> names, boolean inheriting) {
  enum Kind {
    VARIABLE,
    METHOD,
    TYPE
  }

  record Name(String text, Kind kind) {}

  private static final Set<String> OPERATORS =
      Set.of("->", "::", "&&", "||", "==", "!=", "<=", ">=");

  private static final Set<String> PRIMITIVES =
      Set.of("boolean", "byte", "char", "short", "int", "long", "float", "double");

  /** Words that are names elsewhere, and no type where a name follows upon them. */
  private static final Set<String> NO_TYPES =
      Set.of("yield", "when", "record", "permits", "sealed");

  private static final Set<String> DECLARES_TYPE = Set.of("class", "interface", "enum", "record");
  private static final Set<String> INHERITS = Set.of("extends", "implements", "enum", "new");
  private static final Set<String> CONTINUES = Set.of("else", "catch", "finally");
  private static final Set<String> LABELS = Set.of("case", "default");

  /** What may follow upon the name of a variable where it is declared. */
  private static final Set<String> AFTER_NAME =
      Set.of("=", ";", ":", ",", ")", "&&", "||", "?", "->", "[", "when");

  private static final Set<String> IN_TYPE_ARGUMENTS =
      Set.of(",", ".", "?", "&", "[", "]", "<", ">", "extends", "super");

  Scope {
    names = List.copyOf(names);
  }

  private enum Within {
    STATEMENTS,
    TYPE,
    OTHER
  }

  private record Token(String text, int start, int end) {
    boolean isWord() {
      return Character.isJavaIdentifierStart(text.codePointAt(0));
    }
  }

  /** A statement of variables, from its first token to its last one. */
  private record Variables(int first, int last, List<Name> names) {
    Variables {
      names = List.copyOf(names);
    }
  }

  /** What a bracket has opened and nothing has closed, and the statement in it. */
  private static final class Frame {
    final Within within;
    final int opened;
    final List<Name> declared = new ArrayList<>();

    /** How many of them are of the statements before. */
    int declaredBefore;

    /** What is gone with the statement, such as a method's parameters. */
    final List<Name> ofStatement = new ArrayList<>();

    int first = -1;
    boolean declares;
    boolean typeHead;
    boolean expression;
    boolean binds;

    /** The token before the only initial value; -1 for none, or when it has to stay. */
    int initial = -1;

    boolean keepsInitial;

    Frame(Within within, int opened) {
      this.within = within;
      this.opened = opened;
    }

    void ended() {
      ofStatement.clear();
      declaredBefore = declared.size();
      first = -1;
      declares = false;
      typeHead = false;
      expression = false;
      binds = false;
      initial = -1;
      keepsInitial = false;
    }
  }

  static Scope of(String text) {
    return new Scan(text).scope();
  }

  private static final class Scan {
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Frame> frames = new ArrayDeque<>();
    private final List<Variables> variables = new ArrayList<>();
    private final StringBuilder text;

    Scan(String source) {
      text = new StringBuilder(source);
      int at = 0;
      while (at < source.length()) {
        int end = Math.min(source.length(), tokenEnd(source, at));
        boolean skipped =
            Character.isWhitespace(source.charAt(at))
                || source.startsWith("//", at)
                || source.startsWith("/*", at);
        if (!skipped) {
          tokens.add(new Token(source.substring(at, end), at, end));
        }
        at = end;
      }
      frames.push(new Frame(Within.STATEMENTS, -1));
    }

    private static int tokenEnd(String source, int at) {
      char c = source.charAt(at);
      if (c == '"' || c == '\'' || Snippets.isComment(source, at)) {
        return Snippets.afterToken(source, at);
      }
      if (Character.isJavaIdentifierPart(c)) {
        int end = at + 1;
        while (end < source.length() && Character.isJavaIdentifierPart(source.charAt(end))) {
          end++;
        }
        return end;
      }
      return at
          + (source.startsWith("...", at)
              ? 3
              : at + 2 <= source.length() && OPERATORS.contains(source.substring(at, at + 2))
                  ? 2
                  : 1);
    }

    Scope scope() {
      for (int i = 0; i < tokens.size(); i++) {
        scan(i);
      }
      blankUnused();
      Map<String, Name> names = new LinkedHashMap<>();
      for (Frame frame : frames) {
        Stream.concat(frame.ofStatement.reversed().stream(), frame.declared.reversed().stream())
            .forEach(name -> names.putIfAbsent(name.text(), name));
      }
      return new Scope(text.toString(), List.copyOf(names.values()), isInheriting());
    }

    private boolean isInheriting() {
      Frame inner = top();
      for (Frame frame : frames) {
        if (inner.within == Within.TYPE
            && frame.first >= 0
            && IntStream.range(frame.first, inner.opened)
                .mapToObj(this::at)
                .anyMatch(INHERITS::contains)) {
          return true;
        }
        inner = frame;
      }
      return false;
    }

    private String at(int i) {
      return i >= 0 && i < tokens.size() ? tokens.get(i).text() : "";
    }

    private Frame top() {
      return frames.getFirst();
    }

    private void scan(int i) {
      Frame frame = top();
      String token = at(i);
      if (frame.first < 0) {
        frame.first = i;
      }
      switch (token) {
        case "(", "[" -> frames.push(new Frame(Within.OTHER, i));
        case "{" -> frames.push(new Frame(opens(frame, i), i));
        case ")", "]", "}" -> close(i);
        case ";" -> {
          if (frame.within != Within.OTHER && !CONTINUES.contains(at(i + 1))) {
            end(frame, i);
          }
        }
        case "=" -> {
          frame.expression = true;
          frame.keepsInitial |= frame.initial >= 0;
          frame.initial = i;
        }
        case "," -> frame.keepsInitial |= frame.declares;
        case "->" -> frame.expression |= !LABELS.contains(at(frame.first));
        case "instanceof" ->
            frames.stream()
                .filter(one -> one.within != Within.OTHER)
                .findFirst()
                .ifPresent(one -> one.binds = true);
        default -> {
          if (tokens.get(i).isWord()) {
            word(frame, i);
          }
        }
      }
    }

    private Within opens(Frame frame, int i) {
      String before = at(i - 1);
      if (frame.typeHead || (before.equals(")") && isCreated(i - 1))) {
        return Within.TYPE;
      }
      boolean values =
          Set.of("]", "=", ",", "(").contains(before)
              || (before.equals("{") && frame.within == Within.OTHER);
      return values ? Within.OTHER : Within.STATEMENTS;
    }

    /** Whether the brackets that close there have the arguments of {@code new}. */
    private boolean isCreated(int close) {
      int depth = 0;
      int i = close;
      do {
        depth += at(i).equals(")") ? 1 : at(i).equals("(") ? -1 : 0;
        i--;
      } while (i >= 0 && depth > 0);
      while (i >= 0 && (IN_TYPE_ARGUMENTS.contains(at(i)) || isName(i))) {
        i--;
      }
      return at(i).equals("new");
    }

    private boolean isName(int i) {
      return i >= 0 && tokens.get(i).isWord() && !SourceVersion.isKeyword(at(i));
    }

    private void close(int i) {
      if (frames.size() == 1) {
        return;
      }
      Frame closed = frames.pop();
      Frame frame = top();
      if (!at(i).equals("}")) {
        frame.ofStatement.addAll(closed.ofStatement);
        frame.ofStatement.addAll(closed.declared);
        if (at(i + 1).equals("->")) {
          parameters(frame, closed.opened, i);
        }
        return;
      }
      String next = at(i + 1);
      boolean goesOn =
          frame.expression
              || CONTINUES.contains(next)
              || (next.equals("while") && at(frame.first).equals("do"))
              || Set.of(".", ",", ")", "]", ";", "?", ":", "=").contains(next);
      if (frame.within != Within.OTHER && closed.within != Within.OTHER && !goesOn) {
        end(frame, i);
      }
    }

    private void parameters(Frame frame, int open, int close) {
      for (int i = open + 1; i < close; i++) {
        if (isName(i)
            && Set.of("(", ",").contains(at(i - 1))
            && Set.of(")", ",").contains(at(i + 1))) {
          frame.ofStatement.add(new Name(at(i), Kind.VARIABLE));
        }
      }
    }

    private void word(Frame frame, int i) {
      if (!isName(i) || i + 1 == tokens.size()) {
        return;
      }
      String before = at(i - 1);
      String next = at(i + 1);
      if (DECLARES_TYPE.contains(before) && !next.equals("=") && !next.equals(".")) {
        frame.declared.add(new Name(at(i), Kind.TYPE));
        frame.declares = true;
        frame.typeHead = true;
      } else if (AFTER_NAME.contains(next) && isTypeEnd(i - 1)) {
        declare(frame, i);
        frame.keepsInitial |= before.equals("var");
      } else if (before.equals(",") && frame.declares && Set.of("=", ",", ";").contains(next)) {
        declare(frame, i);
      } else if (next.equals("->") && !LABELS.contains(at(frame.first))) {
        frame.ofStatement.add(new Name(at(i), Kind.VARIABLE));
      } else if (next.equals("(")
          && frame.within == Within.TYPE
          && (before.equals("void") || isTypeEnd(i - 1))) {
        frame.declared.add(new Name(at(i), Kind.METHOD));
      }
    }

    private void declare(Frame frame, int i) {
      boolean label = LABELS.contains(at(frame.first)) && !at(i + 1).equals("=");
      (label ? frame.ofStatement : frame.declared).add(new Name(at(i), Kind.VARIABLE));
      frame.declares = true;
    }

    /** Whether a type may end there, so that a name upon it is declared. */
    private boolean isTypeEnd(int i) {
      String token = at(i);
      return switch (token) {
        case "..." -> true;
        case "]" -> at(i - 1).equals("[") && isTypeEnd(i - 2);
        case ">" -> isTypeArguments(i);
        default ->
            PRIMITIVES.contains(token)
                || (isName(i) && !NO_TYPES.contains(token) && !at(i - 1).equals("::"));
      };
    }

    private boolean isTypeArguments(int close) {
      int depth = 0;
      for (int i = close; i >= 0; i--) {
        depth += at(i).equals(">") ? 1 : at(i).equals("<") ? -1 : 0;
        if (depth == 0) {
          return isName(i - 1) && Character.isUpperCase(at(i - 1).codePointAt(0));
        }
        if (!IN_TYPE_ARGUMENTS.contains(at(i)) && !isName(i) && !PRIMITIVES.contains(at(i))) {
          return false;
        }
      }
      return false;
    }

    /** The statement, or the member, ends with token {@code last}. */
    private void end(Frame frame, int last) {
      boolean label = LABELS.contains(at(frame.first));
      // if (!(value instanceof Type name)) return;
      boolean bound =
          frame.binds && at(frame.first).equals("if") && at(frame.first + 2).equals("!");
      if (bound) {
        frame.declared.addAll(frame.ofStatement);
      }
      if (frame.within == Within.STATEMENTS && !label && !bound) {
        if (!frame.declares) {
          blank(tokens.get(frame.first).start(), tokens.get(last).end());
        } else if (!frame.typeHead) {
          if (frame.initial >= 0 && !frame.keepsInitial) {
            blank(tokens.get(frame.initial).start(), tokens.get(last).start());
          }
          List<Name> names = frame.declared.subList(frame.declaredBefore, frame.declared.size());
          variables.add(new Variables(frame.first, last, names));
        }
      }
      frame.ended();
    }

    /**
     * Leaves out the variables that neither what is left of other code mentions nor one of them.
     */
    private void blankUnused() {
      BitSet ofVariables = new BitSet();
      variables.forEach(one -> ofVariables.set(one.first, one.last + 1));
      Set<String> mentioned = new HashSet<>();
      for (int i = 0; i < tokens.size(); i++) {
        if (!ofVariables.get(i)) {
          mention(i, mentioned);
        }
      }
      for (Variables one : variables.reversed()) {
        if (one.names.stream().anyMatch(name -> mentioned.contains(name.text()))) {
          for (int i = one.first; i <= one.last; i++) {
            mention(i, mentioned);
          }
        } else {
          blank(tokens.get(one.first).start(), tokens.get(one.last).end());
        }
      }
    }

    private void mention(int i, Set<String> mentioned) {
      Token token = tokens.get(i);
      if (token.isWord() && text.charAt(token.start()) != ' ') {
        mentioned.add(token.text());
      }
    }

    private void blank(int from, int to) {
      for (int i = from; i < to; i++) {
        if (text.charAt(i) != '\n') {
          text.setCharAt(i, ' ');
        }
      }
    }
  }
}
