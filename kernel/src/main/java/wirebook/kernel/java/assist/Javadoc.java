package wirebook.kernel.java.assist;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.spi.Html;

/**
 * A documentation comment ("Documentation Comment Specification for the Standard Doclet") as one
 * reads it: as text, or as markup of which nothing is taken over but the names of harmless
 * elements.
 */
record Javadoc(List<Piece> pieces) {
  /** What a comment is made of. */
  sealed interface Piece {
    record Text(String text) implements Piece {}

    record Open(String element) implements Piece {}

    record Close(String element) implements Piece {}
  }

  /** JupyterLab lets what is in such a list float, which is right for one dd after each dt. */
  private static final String UNFLOATED = "display: grid";

  private static final Set<String> ELEMENTS =
      Set.of(
          "p",
          "pre",
          "code",
          "tt",
          "em",
          "i",
          "b",
          "strong",
          "sub",
          "sup",
          "ul",
          "ol",
          "li",
          "dl",
          "dt",
          "dd",
          "table",
          "thead",
          "tbody",
          "tr",
          "th",
          "td",
          "blockquote",
          "h1",
          "h2",
          "h3",
          "h4",
          "h5",
          "h6",
          "br");

  /** Those in a line. */
  private static final Set<String> PHRASES =
      Set.of("code", "tt", "em", "i", "b", "strong", "sub", "sup", "th", "td");

  private static final Pattern ELEMENT =
      Pattern.compile("<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:\\s[^>]*)?/?>");
  private static final Pattern COMMENT = Pattern.compile("<!--.*?-->", Pattern.DOTALL);
  private static final Pattern ENTITY =
      Pattern.compile("&(?:#(\\d{1,6})|#x([0-9a-fA-F]{1,6})|(\\w+));");
  private static final Map<String, String> ENTITIES =
      Map.of(
          "lt", "<", "gt", ">", "amp", "&", "quot", "\"", "nbsp", " ", "ndash", "–", "mdash", "—",
          "hellip", "…", "le", "≤");
  private static final Pattern LINK =
      Pattern.compile("\\s*([^\\s(]+(?:\\([^)]*\\))?)\\s*(.*)", Pattern.DOTALL);
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?m)^[ \\t]*@(param|throws|exception|return|see|since|deprecated|apiNote|implSpec"
              + "|implNote|jls|spec|author|version)\\b[ \\t]*");
  private static final Map<String, String> LABELS =
      Map.of(
          "param",
          "Parameters",
          "throws",
          "Throws",
          "exception",
          "Throws",
          "return",
          "Returns",
          "see",
          "See",
          "since",
          "Since",
          "deprecated",
          "Deprecated",
          "apiNote",
          "Note",
          "implSpec",
          "Implementation",
          "implNote",
          "Implementation");
  private static final Set<String> NAMED = Set.of("param", "throws", "exception");
  private static final Pattern SUBJECT = Pattern.compile("(\\S+)\\s*(.*)", Pattern.DOTALL);

  Javadoc {
    pieces = List.copyOf(pieces);
  }

  static Javadoc of(String comment) {
    List<Piece> pieces = new ArrayList<>();
    Matcher block = BLOCK.matcher(comment);
    int at = block.find() ? block.start() : comment.length();
    inline(comment.substring(0, at), pieces);
    String label = "";
    boolean list = at < comment.length();
    if (list) {
      pieces.add(new Piece.Open("dl"));
    }
    while (at < comment.length()) {
      String tag = block.group(1);
      int start = block.end();
      at = block.find() ? block.start() : comment.length();
      String here = LABELS.getOrDefault(tag, tag);
      if (!here.equals(label)) {
        element("dt", here, pieces);
      }
      label = here;
      described(tag, comment.substring(start, at).strip(), pieces);
    }
    if (list) {
      pieces.add(new Piece.Close("dl"));
    }
    return new Javadoc(pieces);
  }

  private static void described(String tag, String text, List<Piece> pieces) {
    pieces.add(new Piece.Open("dd"));
    Matcher subject = SUBJECT.matcher(text);
    if (NAMED.contains(tag) && subject.matches()) {
      element("code", subject.group(1), pieces);
      pieces.add(new Piece.Text(": "));
      inline(subject.group(2), pieces);
    } else if (tag.equals("see") && !text.startsWith("<") && !text.startsWith("\"")) {
      link(text, pieces);
    } else {
      inline(text, pieces);
    }
    pieces.add(new Piece.Close("dd"));
  }

  private static void element(String name, String text, List<Piece> pieces) {
    pieces.add(new Piece.Open(name));
    pieces.add(new Piece.Text(text));
    pieces.add(new Piece.Close(name));
  }

  private static void inline(String text, List<Piece> pieces) {
    StringBuilder plain = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      List<Piece> found = new ArrayList<>();
      int end = text.startsWith("{@", at) ? tag(text, at, found) : markup(text, at, found);
      if (end == at) {
        plain.append(text.charAt(at++));
      } else {
        flush(plain, pieces);
        pieces.addAll(found);
        at = end;
      }
    }
    flush(plain, pieces);
  }

  private static void flush(StringBuilder plain, List<Piece> pieces) {
    if (!plain.isEmpty()) {
      pieces.add(new Piece.Text(plain.toString()));
      plain.setLength(0);
    }
  }

  /** The end of the tag in braces at {@code at}, or {@code at} when it is not closed. */
  private static int tag(String text, int at, List<Piece> pieces) {
    int depth = 0;
    for (int i = at; i < text.length(); i++) {
      depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
      if (depth == 0) {
        String inside = text.substring(at + 2, i);
        int name = 0;
        while (name < inside.length() && Character.isLetter(inside.charAt(name))) {
          name++;
        }
        tag(inside.substring(0, name), inside.substring(name), pieces);
        return i + 1;
      }
    }
    return at;
  }

  private static void tag(String name, String content, List<Piece> pieces) {
    switch (name) {
      case "code" -> element("code", withoutFirstBlank(content), pieces);
      case "literal" -> pieces.add(new Piece.Text(withoutFirstBlank(content)));
      case "link", "linkplain" -> link(content, pieces);
      case "value" -> link(content, pieces);
      case "snippet" -> element("pre", content.substring(content.indexOf(':') + 1).strip(), pieces);
      case "return" -> {
        pieces.add(new Piece.Text("Returns "));
        inline(content.strip(), pieces);
        pieces.add(new Piece.Text("."));
      }
      case "inheritDoc", "docRoot" -> {
        // They stand for text of other places.
      }
      default -> inline(content.strip(), pieces);
    }
  }

  private static String withoutFirstBlank(String text) {
    return text.startsWith(" ") ? text.substring(1) : text;
  }

  /** {@code Map#get(Object) its label}. */
  private static void link(String content, List<Piece> pieces) {
    Matcher m = LINK.matcher(content);
    if (m.matches() && !m.group(2).isBlank()) {
      inline(m.group(2).strip(), pieces);
    } else if (m.matches()) {
      element(
          "code",
          m.group(1).replaceFirst("^#", "").replaceFirst("^[\\w.]+/", "").replace('#', '.'),
          pieces);
    }
  }

  private static int markup(String text, int at, List<Piece> pieces) {
    char c = text.charAt(at);
    if (c == '<') {
      Matcher comment = COMMENT.matcher(text).region(at, text.length());
      if (comment.lookingAt()) {
        return comment.end();
      }
      Matcher m = ELEMENT.matcher(text).region(at, text.length());
      if (m.lookingAt()) {
        String name = m.group(2).toLowerCase(Locale.ROOT);
        if (ELEMENTS.contains(name)) {
          pieces.add(m.group(1).isEmpty() ? new Piece.Open(name) : new Piece.Close(name));
        }
        return m.end();
      }
    } else if (c == '&') {
      Matcher m = ENTITY.matcher(text).region(at, text.length());
      if (m.lookingAt()) {
        return character(m)
            .map(
                decoded -> {
                  pieces.add(new Piece.Text(decoded));
                  return m.end();
                })
            .orElse(at);
      }
    }
    return at;
  }

  private static Optional<String> character(Matcher entity) {
    if (entity.group(3) != null) {
      return Optional.ofNullable(ENTITIES.get(entity.group(3)));
    }
    int code =
        entity.group(1) != null
            ? Integer.parseInt(entity.group(1))
            : Integer.parseInt(entity.group(2), 16);
    return Character.isValidCodePoint(code)
        ? Optional.of(Character.toString(code))
        : Optional.empty();
  }

  /** As plain text; what is empty was no comment. */
  String text() {
    StringBuilder out = new StringBuilder();
    boolean verbatim = false;
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.Text(String text) ->
            out.append(verbatim ? text : text.replaceAll("\\s*\\n\\s*", "\n"));
        case Piece.Open(String element) -> {
          verbatim |= element.equals("pre");
          switch (element) {
            case "li" -> out.append("\n- ");
            case "dd" -> out.append("\n  ");
            case "dt" -> out.append("\n\n");
            case "td", "th" -> out.append("  ");
            default ->
                out.append(PHRASES.contains(element) ? "" : element.equals("p") ? "\n\n" : "\n");
          }
        }
        case Piece.Close(String element) -> {
          verbatim &= !element.equals("pre");
          out.append(
              PHRASES.contains(element) || element.equals("dt") || element.equals("dd")
                  ? ""
                  : "\n");
        }
      }
    }
    return out.toString()
        .replaceAll("[ \\t]+\\n", "\n")
        .replaceAll("\\n{3,}", "\n\n")
        .replaceAll("(?m)^\\n(?=  \\S)", "")
        .strip();
  }

  /** Adds it to what is built. */
  void writeTo(Html html) {
    html.open("div");
    List<String> open = new ArrayList<>();
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.Text(String text) -> html.text(text);
        case Piece.Open(String element) -> {
          if (element.equals("br")) {
            html.empty("br");
          } else {
            open.add(element);
            if (element.equals("dl")) {
              html.open(element, "style", UNFLOATED);
            } else {
              html.open(element);
            }
          }
        }
        case Piece.Close(String element) -> {
          // What the author left open inside of it ends with it.
          while (open.contains(element)) {
            html.close(open.getLast());
            if (open.removeLast().equals(element)) {
              break;
            }
          }
        }
      }
    }
    open.reversed().forEach(html::close);
    html.close("div");
  }
}
