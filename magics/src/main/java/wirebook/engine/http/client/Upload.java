package wirebook.engine.http.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.Multipart.Segment;

/** What a request's body is read from. */
public sealed interface Upload {
  /** In bytes, -1 when unknown. */
  long length();

  /** From its beginning. */
  InputStream open() throws IOException;

  record None() implements Upload {
    @Override
    public long length() {
      return 0;
    }

    @Override
    public InputStream open() {
      return InputStream.nullInputStream();
    }
  }

  /** Byte text in memory. */
  record Text(String data) implements Upload {
    @Override
    public long length() {
      return data.length();
    }

    @Override
    public InputStream open() {
      return new ByteArrayInputStream(ByteText.bytes(data));
    }
  }

  record OfFile(Path path, long length) implements Upload {
    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(path);
    }
  }

  /** Standard input, which can be read once only. */
  record Stream(InputStream in, long length) implements Upload {
    @Override
    public InputStream open() {
      return in;
    }
  }

  record Segments(List<Segment> segments) implements Upload {
    public Segments {
      segments = List.copyOf(segments);
    }

    @Override
    public long length() {
      long sum = 0;
      for (Segment s : segments) {
        if (s.length() < 0) {
          return -1;
        }
        sum += s.length();
      }
      return sum;
    }

    @Override
    public InputStream open() throws IOException {
      List<InputStream> streams = new ArrayList<>();
      for (Segment s : segments) {
        streams.add(
            switch (s) {
              case Segment.Memory m -> new ByteArrayInputStream(m.bytes().toArray());
              case Segment.Quoted q -> new ByteArrayInputStream(q.bytes().toArray());
              case Segment.OnDisk f -> Files.newInputStream(f.path());
            });
      }
      return new SequenceInputStream(Collections.enumeration(streams));
    }
  }
}
