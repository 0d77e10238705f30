package wirebook.kernel.java.assist;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.spi.Html;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;

/** A magic's help, made from its spec alone. */
public final class MagicHelp {
  private static final String LEFT = "text-align: left";

  private MagicHelp() {}

  /**
   * @param word what it is asked about in particular; when it is an option, that comes first
   */
  public static MimeBundle of(MagicSpec spec, String word) {
    Optional<MagicSpec.Option> option =
        spec.options().stream()
            .filter(one -> MagicAssistance.spellings(one).contains(word))
            .findFirst();
    String first = option.map(one -> names(one) + "  " + one.help()).orElse("");
    if (first.isEmpty()) {
      return MimeBundle.text(text(spec)).with(MimeBundle.HTML, html(spec));
    }
    return MimeBundle.text(first + "\n\n" + text(spec))
        .with(MimeBundle.HTML, new Html().element("pre", first) + html(spec));
  }

  private static String head(MagicSpec spec) {
    return switch (spec.body()) {
          case NONE, OPTIONAL, WORDS -> "%";
          case REQUIRED -> "%%";
        }
        + spec.name()
        + (spec.synopsis().isEmpty() ? "" : " " + spec.synopsis());
  }

  private static String names(MagicSpec.Option option) {
    return String.join(", ", option.names())
        + option.argument().map(argument -> " " + argument).orElse("");
  }

  private static String value(MagicSpec spec) {
    return spec.value() == Void.class
        ? ""
        : "var x = %" + spec.name() + " … gives a " + spec.value().getSimpleName();
  }

  private static String text(MagicSpec spec) {
    List<String> lines = new ArrayList<>();
    lines.add(head(spec));
    lines.add("    " + spec.summary());
    if (!value(spec).isEmpty()) {
      lines.add("    " + value(spec));
    }
    int width = spec.options().stream().mapToInt(o -> names(o).length()).max().orElse(0);
    if (!spec.options().isEmpty()) {
      lines.add("");
    }
    for (MagicSpec.Option option : spec.options()) {
      String names = names(option);
      lines.add("  " + names + " ".repeat(width - names.length() + 2) + option.help());
    }
    if (!spec.examples().isEmpty()) {
      lines.add("");
    }
    for (MagicSpec.Example example : spec.examples()) {
      lines.add("  " + example.call() + "    // " + example.comment());
    }
    return String.join("\n", lines);
  }

  private static String html(MagicSpec spec) {
    Html html = new Html().element("pre", head(spec)).element("p", spec.summary());
    if (!value(spec).isEmpty()) {
      html.element("p", value(spec));
    }
    if (!spec.options().isEmpty()) {
      html.open("table").open("tbody");
      for (MagicSpec.Option option : spec.options()) {
        // JupyterLab's own style puts what is in cells to the right.
        html.open("tr").open("td", "style", LEFT).element("code", names(option)).close("td");
        html.element("td", option.help(), "style", LEFT).close("tr");
      }
      html.close("tbody").close("table");
    }
    if (!spec.examples().isEmpty()) {
      html.element(
          "pre",
          spec.examples().stream()
              .map(example -> example.call() + "    // " + example.comment())
              .collect(Collectors.joining("\n")));
    }
    return html.toString();
  }
}
