package pat
import ("os";"testing";"fmt")
func TestTry(t *testing.T){ d:=os.Getenv("TRY"); if d=="" {t.Skip()}; f,err:=Find(os.DirFS(d), Options{}); if err!=nil{t.Fatal(err)}; for _,x:=range f.Findings { fmt.Printf("%s:%d [%s] %s\n    => %s\n", x.Path,x.Line,x.Fate,x.Text,x.Becomes)}; fmt.Println("IDLE",f.Idle,"UNREAD",f.Unread, f.Settings) }
