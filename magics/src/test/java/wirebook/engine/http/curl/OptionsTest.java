package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An option that is accepted does something. */
class OptionsTest {
  /** Those that read options, and those that write them down for another program. */
  private static final Set<String> WORDS =
      Set.of(
          "FlagOptions",
          "NumberOptions",
          "TextOptions",
          "FileOptions",
          "Arguments",
          "Targets",
          "CurlConfig",
          "LibcurlSource",
          "CurlToJava");

  /** What the readers of words keep for themselves, and one option that is the default. */
  private static final Set<String> WITHOUT =
      Set.of(
          "CurlConfig.urls",
          "CurlConfig.urlNext",
          "CurlConfig.outNext",
          "CurlConfig.uploadNext",
          "CurlConfig.remoteNameAll",
          "CurlConfig.proxyHeadersGiven",
          "CurlConfig.proxyBasic",
          "CurlConfig$Target.urlSet",
          "CurlConfig$Target.outSet",
          "CurlConfig$Target.uploadSet");

  /**
   * The fields of {@link CurlConfig} and its parts that some class other than {@link #WORDS} reads.
   */
  private static Set<String> read() throws IOException, URISyntaxException {
    Set<String> read = new HashSet<>();
    URI place = CurlConfig.class.getResource("CurlConfig.class").toURI();
    try (DirectoryStream<Path> classes =
        Files.newDirectoryStream(Path.of(place).resolveSibling(""), "*.class")) {
      for (Path file : classes) {
        String name = file.getFileName().toString().replaceFirst("[$.].*", "");
        if (WORDS.contains(name)) {
          continue;
        }
        ClassModel model = ClassFile.of().parse(file);
        model.methods().stream()
            .flatMap(m -> m.code().stream())
            .flatMap(c -> c.elementStream())
            .forEach(
                e -> {
                  if (e instanceof FieldInstruction f
                      && f.opcode() == Opcode.GETFIELD
                      && f.owner()
                          .asInternalName()
                          .startsWith(CurlConfig.class.getName().replace('.', '/'))) {
                    read.add(f.owner().asInternalName().replaceFirst(".*/", "") + "." + f.name());
                  }
                });
      }
    }
    return read;
  }

  @Test
  void whatAnOptionSetsIsReadByWhatTransfers() throws Exception {
    Set<String> read = read();
    List<String> unread = new ArrayList<>();
    List<Class<?>> parts = new ArrayList<>(List.of(CurlConfig.class));
    parts.addAll(List.of(CurlConfig.class.getDeclaredClasses()));
    for (Class<?> part : parts) {
      for (var field : part.getDeclaredFields()) {
        String name = part.getName().replaceFirst(".*\\.", "") + "." + field.getName();
        boolean own = !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic();
        if (own
            && !part.isRecord()
            && !part.isEnum()
            && !read.contains(name)
            && !WITHOUT.contains(name)) {
          unread.add(name);
        }
      }
    }
    assertThat(read).hasSizeGreaterThan(100);
    assertThat(unread).isEmpty();
  }
}
