// Judges neo4j.conf files by Neo4j's own reader.
// in: files as arguments; a release's jars on the class path; -Djudge.skip=FILE names settings that this edition has not
//     (the first column of each line), which are left unjudged
// out: a line a file: `ok FILE`, or `refused FILE: MESSAGE`; exit 1 when one was refused
// promises: nothing is started, nothing is written.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.neo4j.configuration.GraphDatabaseSettings;

class Config {
    public static void main(String[] files) throws Exception {
        Set<Pattern> skipped = new HashSet<>();
        if (System.getProperty("judge.skip") != null) {
            skipped = Files.readAllLines(Path.of(System.getProperty("judge.skip"))).stream()
                .map(line -> line.split("\t")[0])
                .filter(name -> !name.startsWith("#"))
                .map(name -> Pattern.compile(name.replace(".", "[.]").replace("NAME", "[^.]+")))
                .collect(Collectors.toSet());
        }
        var unjudged = skipped;
        boolean refused = false;
        for (String file : files) {
            try {
                org.neo4j.configuration.Config.newBuilder()
                    .setDefaults(GraphDatabaseSettings.SERVER_DEFAULTS)
                    .set(GraphDatabaseSettings.neo4j_home, Path.of("").toAbsolutePath())
                    .fromFile(Path.of(file).toAbsolutePath(), true,
                        name -> unjudged.stream().noneMatch(one -> one.matcher(name).matches()))
                    .build();
                System.out.println("ok " + file);
            } catch (RuntimeException told) {
                var why = new StringBuilder();
                for (Throwable one = told; one != null; one = one.getCause()) why.append(" <- ").append(one.getMessage());
                System.out.println("refused " + file + ": " + why.toString().replaceAll("\\s+", " "));
                refused = true;
            }
        }
        System.exit(refused ? 1 : 0);
    }
}
