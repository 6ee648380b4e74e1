package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/scheduler"
)

// PutUnits inserts or updates units. Their order in the slice becomes their order in lists;
// parents must be among them or stored already. A unit that was renamed here keeps its name,
// and one whose parent has ended here keeps the successor it was put below.
func (s *Store) PutUnits(ctx context.Context, units []*scheduler.Unit) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		for i, u := range units {
			var parent any
			if u.Parent != "" {
				parent = u.Parent
			}
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO unit (id, name, office, code, level, parent, covers, own, ord)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
				ON CONFLICT (id) DO UPDATE SET
					name = CASE WHEN EXISTS (SELECT 1 FROM unit_name n WHERE n.unit = excluded.id) THEN unit.name ELSE excluded.name END,
					office = CASE WHEN EXISTS (SELECT 1 FROM unit_name n WHERE n.unit = excluded.id) THEN unit.office ELSE excluded.office END,
					code = excluded.code,
					level = excluded.level,
					parent = CASE WHEN EXISTS (SELECT 1 FROM unit e WHERE e.id = excluded.parent AND e.valid_to > 0) THEN unit.parent ELSE excluded.parent END,
					covers = excluded.covers, own = excluded.own, ord = excluded.ord`,
				u.ID, u.Name, u.Office, u.Code, string(u.Level), parent, jsonOf[[]string]{u.Covers}, flag(u.Own), i); err != nil {
				return err
			}
		}
		return nil
	})
}

// PutPerson inserts or updates a person and their roles; passwordHash "" keeps the old one.
// A person without a Login has no account. The units of the roles must be stored already.
// ErrConflict if the login is somebody else's.
func (s *Store) PutPerson(ctx context.Context, p Person, passwordHash string) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO person (id, name, email, phone, im, disabled) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, phone = excluded.phone, im = excluded.im, disabled = excluded.disabled`,
			p.ID, p.Name, p.Email, p.Phone, p.IM, flag(p.Disabled)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM role WHERE person = $1`, p.ID); err != nil {
			return err
		}
		for _, r := range p.Roles {
			if _, err := tx.ExecContext(ctx, `INSERT INTO role (person, unit, name, deputy) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
				p.ID, r.Unit, string(r.Name), flag(r.Deputy)); err != nil {
				return err
			}
		}
		if p.Login == "" {
			_, err := tx.ExecContext(ctx, `DELETE FROM account WHERE person = $1`, p.ID)
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO account (person, login, password_hash) VALUES ($1, $2, $3)
			ON CONFLICT (person) DO UPDATE SET login = excluded.login,
				password_hash = CASE excluded.password_hash WHEN '' THEN account.password_hash ELSE excluded.password_hash END`,
			p.ID, p.Login, passwordHash)
		return err
	})
}

type personRow struct {
	ID       string `db:"id"`
	Name     string `db:"name"`
	Login    string `db:"login"`
	Email    string `db:"email"`
	Phone    string `db:"phone"`
	IM       string `db:"im"`
	Disabled flag   `db:"disabled"`
}

type roleRow struct {
	Person string   `db:"person"`
	Unit   string   `db:"unit"`
	Name   RoleName `db:"name"`
	Deputy flag     `db:"deputy"`
}

func people(ctx context.Context, q querier, where *query) ([]Person, error) {
	var rows []personRow
	if err := q.SelectContext(ctx, &rows, `
		SELECT p.id, p.name, COALESCE(a.login, '') AS login, p.email, p.phone, p.im, p.disabled
		FROM person p LEFT JOIN account a ON a.person = p.id WHERE `+where.String(), where.args...); err != nil {
		return nil, err
	}
	var roles []roleRow
	if err := q.SelectContext(ctx, &roles, `
		SELECT x.person, x.unit, x.name, x.deputy FROM role x JOIN person p ON p.id = x.person JOIN unit u ON u.id = x.unit
		WHERE `+where.String()+` ORDER BY u.ord, x.name`, where.args...); err != nil {
		return nil, err
	}
	held := map[string][]Role{}
	for _, r := range roles {
		held[r.Person] = append(held[r.Person], Role{r.Unit, r.Name, bool(r.Deputy)})
	}
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = Person{ID: r.ID, Name: r.Name, Login: r.Login, Email: r.Email, Phone: r.Phone, IM: r.IM, Disabled: bool(r.Disabled), Roles: held[r.ID]}
	}
	sortBy(out, func(p Person) string { return p.ID })
	return out, nil
}

func person(ctx context.Context, q querier, id string) (Person, error) {
	var where query
	where.and("p.id = " + where.arg(id))
	found, err := people(ctx, q, &where)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Person{}, err
	}
	return found[0], nil
}

// Person returns a person with roles. ErrNotFound.
func (s *Store) Person(ctx context.Context, id string) (p Person, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		p, err = person(ctx, tx, id)
		return err
	})
	return p, err
}

// People returns everybody, ordered by id.
func (s *Store) People(ctx context.Context) (all []Person, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		all, err = people(ctx, tx, &query{})
		return err
	})
	return all, err
}

// Account returns the person id and password hash of a login that is not disabled and has a
// password. ErrNotFound.
func (s *Store) Account(ctx context.Context, login string) (person, passwordHash string, err error) {
	var row struct {
		Person string `db:"person"`
		Hash   string `db:"password_hash"`
	}
	err = s.r.GetContext(ctx, &row, `
		SELECT a.person, a.password_hash FROM account a JOIN person p ON p.id = a.person
		WHERE a.login = $1 AND a.password_hash <> '' AND p.disabled = 0`, login)
	return row.Person, row.Hash, one(err)
}
