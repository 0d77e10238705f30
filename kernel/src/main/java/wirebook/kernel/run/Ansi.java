package wirebook.kernel.run;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.spi.Html;

/** Text with the colour sequences of a terminal (ECMA-48, SGR), for places that are none. */
final class Ansi {
  /** Control sequences of any kind; those with an {@code m} at their end set colours. */
  private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[([0-9;:?<=>]*)[ -/]*([@-~])");

  private static final List<String> COLOURS =
      List.of("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white");

  private Ansi() {}

  /** Without the sequences. */
  static String plain(String text) {
    return text.indexOf('\u001b') < 0 ? text : SEQUENCE.matcher(text).replaceAll("");
  }

  /** As HTML, with a class for a colour: {@code ansi-red}, {@code ansi-bold}. */
  static String html(String text) {
    StringBuilder html = new StringBuilder();
    List<String> classes = new ArrayList<>();
    Matcher sequence = SEQUENCE.matcher(text);
    int from = 0;
    while (sequence.find()) {
      span(html, text.substring(from, sequence.start()), classes);
      from = sequence.end();
      if (sequence.group(2).equals("m")) {
        change(classes, sequence.group(1));
      }
    }
    span(html, text.substring(from), classes);
    return html.toString();
  }

  private static void span(StringBuilder html, String text, List<String> classes) {
    if (text.isEmpty()) {
      return;
    }
    if (classes.isEmpty()) {
      html.append(Html.escape(text));
    } else {
      html.append("<span class=\"").append(String.join(" ", classes)).append("\">");
      html.append(Html.escape(text)).append("</span>");
    }
  }

  private static void change(List<String> classes, String codes) {
    for (String code : codes.split(";", -1)) {
      switch (code) {
        case "", "0" -> classes.clear();
        case "1" -> {
          if (!classes.contains("ansi-bold")) {
            classes.add("ansi-bold");
          }
        }
        case "22" -> classes.remove("ansi-bold");
        case "38", "48" -> {
          // What follows is the number of a colour of a larger palette, which has no class.
          return;
        }
        case "39" -> classes.removeIf(name -> !name.equals("ansi-bold"));
        default -> {
          if (code.matches("[39][0-7]")) {
            classes.removeIf(name -> !name.equals("ansi-bold"));
            classes.add("ansi-" + COLOURS.get(code.charAt(1) - '0'));
          }
        }
      }
    }
  }
}
